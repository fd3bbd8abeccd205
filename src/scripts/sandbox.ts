// One script in one QuickJS engine of its own. Each call begins on the memory as it was after loading, so that a call
// leaves nothing behind: neither variables for the next message nor what an exhausted heap looks like.
import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSSyncVariant,
  QuickJSWASMModule,
} from 'quickjs-emscripten-core'
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core'
import engine from '@jitl/quickjs-wasmfile-release-sync'
import { MemoryImage, newEngineMemory, type EngineMemory } from './memory-image.ts'
import { asFunction, returnOutside } from './older-codecs.ts'
import { preludeSource } from './prelude.ts'
import { ScriptFailure, type ScriptFault } from './script-failure.ts'

export interface SandboxLimits {
  /** Processor time of one call, and of loading the script, milliseconds. */
  callMs: number
  loadMs: number
  /** All memory of the engine. About 10 of 16 MiB are the script's: the engine's own limit does not count sizes. */
  memoryBytes: number
  stackBytes: number
  /** UTF-16 units of what a call returns. */
  outputCharacters: number
}

export const sandboxLimits: Readonly<SandboxLimits> = {
  callMs: 20,
  loadMs: 200,
  memoryBytes: 16 * 1024 * 1024,
  stackBytes: 256 * 1024,
  outputCharacters: 1024 * 1024,
}

// Its types describe another form of the package than Node loads.
const variant = engine as unknown as QuickJSSyncVariant

/** Name of the script in stack traces. */
const fileName = 'script.js'

export class Sandbox {
  /** The engine did something nobody foresaw: use it no more. */
  isSpent = false
  readonly #limits: SandboxLimits
  readonly #cpuMs: () => number
  readonly #context: QuickJSContext
  readonly #call: QuickJSHandle
  readonly #image: MemoryImage
  #deadlineMs = Infinity
  #isOverTime = false

  /** @param cpuMs processor time of this thread.
   *  @throws ScriptFailure when the script can't be loaded. */
  static async load(source: string, cpuMs: () => number, limits = sandboxLimits): Promise<Sandbox> {
    const wasmMemory = newEngineMemory(limits.memoryBytes)
    // The package's type of a memory is that of browsers.
    const own = newVariant(variant, { wasmMemory: wasmMemory as never })
    const module = await newQuickJSWASMModuleFromVariant(own)
    return new Sandbox(module, wasmMemory, source, cpuMs, limits)
  }

  private constructor(
    module: QuickJSWASMModule,
    memory: EngineMemory,
    source: string,
    cpuMs: () => number,
    limits: SandboxLimits,
  ) {
    this.#limits = limits
    this.#cpuMs = cpuMs
    const runtime = module.newRuntime()
    runtime.setMaxStackSize(limits.stackBytes)
    runtime.setInterruptHandler(() => this.#mustStop())
    this.#context = runtime.newContext()
    this.#call = this.#evaluate(preludeSource, 'prelude.js')
    this.#timed(limits.loadMs, () => {
      this.#load(source)
      this.#output('', '')
    })
    this.#image = new MemoryImage(memory)
  }

  /** Calls a function of the script.
   *  @param input JSON text for the prelude.
   *  @returns JSON text. @throws ScriptFailure */
  call(name: string, input: string): string {
    try {
      return this.#timed(this.#limits.callMs, () => this.#output(name, input))
    } catch (error) {
      if (!(error instanceof ScriptFailure)) this.isSpent = true
      throw error
    } finally {
      this.#image.restore()
    }
  }

  #output(name: string, input: string): string {
    const context = this.#context
    const given = [context.newString(name), context.newString(input)]
    const answer = context.callFunction(this.#call, context.undefined, ...given)
    if (answer.error !== undefined) throw this.#failure(answer.error)
    const length = context.getProp(answer.value, 'length')
    const characters = context.getNumber(length)
    const most = this.#limits.outputCharacters
    if (!(characters <= most)) throw new ScriptFailure('output', { most })
    return context.getString(answer.value)
  }

  /** What returns outside of a function is the body of one. */
  #load(source: string): void {
    try {
      this.#evaluate(source, fileName).dispose()
    } catch (error) {
      if (!(error instanceof ScriptFailure) || !String(error.details['cause']).includes(returnOutside))
        throw error
      this.#evaluate(asFunction(source), fileName).dispose()
    }
  }

  #evaluate(source: string, name: string): QuickJSHandle {
    const answer = this.#context.evalCode(source, name)
    if (answer.error !== undefined) throw this.#failure(answer.error)
    return answer.value
  }

  #timed<T>(limitMs: number, run: () => T): T {
    this.#isOverTime = false
    this.#deadlineMs = this.#cpuMs() + limitMs
    try {
      return run()
    } catch (error) {
      if (error instanceof ScriptFailure || !isTrap(error)) throw error
      // The engine's own stack is exhausted before the script's.
      this.isSpent = true
      throw new ScriptFailure('stack', {})
    } finally {
      this.#deadlineMs = Infinity
    }
  }

  #mustStop(): boolean {
    if (this.#cpuMs() < this.#deadlineMs) return false
    this.#isOverTime = true
    return true
  }

  #failure(error: QuickJSHandle): ScriptFailure {
    if (this.#isOverTime) return new ScriptFailure('time', { most: this.#limits.callMs })
    const thrown: unknown = this.#context.dump(error)
    if (this.#isOverTime) return new ScriptFailure('time', { most: this.#limits.callMs })
    return failureOf(thrown, this.#limits)
  }
}

/** WebAssembly stops what breaks its own limits by an error of the host. */
function isTrap(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError')
}

function failureOf(thrown: unknown, { memoryBytes }: SandboxLimits): ScriptFailure {
  const { name, message, stack } = partsOf(thrown)
  const place = placeIn(stack)
  // Where there is no room for an error, the engine throws nothing at all.
  if (thrown === null || (name === 'InternalError' && message === 'out of memory')) {
    return new ScriptFailure('memory', { most: memoryBytes / (1024 * 1024) })
  }
  if (name === 'InternalError' && message === 'stack overflow') return new ScriptFailure('stack', {}, place)
  const code: ScriptFault = name === 'SyntaxError' ? 'syntax' : 'thrown'
  return new ScriptFailure(code, { cause: `${name}: ${message}`.slice(0, 300) }, place)
}

function partsOf(thrown: unknown): { name: string; message: string; stack: string } {
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: 'thrown', message: String(thrown), stack: '' }
  }
  const { name, message, stack } = thrown as Record<string, unknown>
  const text = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise)
  return { name: text(name, 'Error'), message: text(message, 'no message'), stack: text(stack, '') }
}

function placeIn(stack: string): { line: number; column: number } | undefined {
  const [, line, column] = /script\.js:(\d+):(\d+)/.exec(stack) ?? []
  return line === undefined ? undefined : { line: Number(line), column: Number(column) }
}
