// Types of the pages on scripts.
import type { AnswerOf } from '../../data/client.ts'

export type Script = AnswerOf<'getScript'>
export type ScriptVersion = AnswerOf<'scriptVersions'>['items'][number]
export type ScriptResult = AnswerOf<'testScript'>['samples'][number]
