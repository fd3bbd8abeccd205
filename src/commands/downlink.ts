// How the devices of an integration get their commands, where a command doesn't say it itself.
import type { FieldError } from '../errors.ts'
import type { Qos } from '../model/message.ts'
import { commandForms, type CommandForm } from './command.ts'
import { parseTemplate } from './template.ts'

export interface Downlink {
  form: CommandForm
  /** `{device}` and `{request}` are filled in. */
  topic?: string
  /** With the form `template`. */
  template?: string
  /** With the form `script`, where the integration is not read by a script itself. */
  script?: string
  qos?: Qos
  /** Where devices answer: levels may be `{device}` and `{request}`. */
  responseTopic?: string
}

export const downlinkTopicMax = 1_000

const textMembers = ['form', 'topic', 'template', 'script', 'responseTopic']

/** @param downlink as somebody has written it, perhaps in a file.
 *  @param hasScript the integration is read by a script, which may encode as well. */
export function downlinkFaults(downlink: unknown, hasScript: boolean, isBridge: boolean): FieldError[] {
  if (downlink === undefined) return []
  const shapeFaults = shapeFaultsOf(downlink)
  if (shapeFaults.length > 0) return shapeFaults
  const { form, topic, template, script, responseTopic } = downlink as Downlink
  const faults: FieldError[] = []
  const fault = (member: string, detail: string): void =>
    void faults.push({ pointer: `/downlink/${member}`, detail })
  if (!commandForms.includes(form)) fault('form', `The form is one of ${commandForms.join(', ')}.`)
  const topicFault = topic === undefined ? undefined : topicFaultOf(topic)
  if (topicFault !== undefined) fault('topic', topicFault)
  if (isBridge && form === 'thingsboard-rpc' && topic === undefined) {
    fault('topic', 'At another broker this form needs a topic that names the device.')
  }
  const responseFault = responseTopic === undefined ? undefined : responseFaultOf(responseTopic)
  if (responseFault !== undefined) fault('responseTopic', responseFault)
  if ((form === 'template') !== (template !== undefined)) {
    fault('template', 'The form "template" has a template, and no other form has one.')
  }
  const parsed = template === undefined ? undefined : parseTemplate(template)
  if (typeof parsed === 'string') fault('template', parsed)
  if (form === 'script' && script === undefined && !hasScript) {
    fault('script', 'The form "script" needs the id of a script, or a converter that is one.')
  }
  if (form !== 'script' && script !== undefined) fault('script', 'Only the form "script" has a script.')
  return faults
}

function shapeFaultsOf(downlink: unknown): FieldError[] {
  if (typeof downlink !== 'object' || downlink === null || Array.isArray(downlink)) {
    return [{ pointer: '/downlink', detail: 'It is an object with a form.' }]
  }
  const faults: FieldError[] = []
  if (!Object.hasOwn(downlink, 'form')) faults.push({ pointer: '/downlink/form', detail: 'It has a form.' })
  for (const [member, value] of Object.entries(downlink)) {
    const pointer = `/downlink/${member.slice(0, 40)}`
    if (textMembers.includes(member)) {
      if (typeof value !== 'string') faults.push({ pointer, detail: 'It is a text.' })
    } else if (member !== 'qos') {
      faults.push({ pointer, detail: `There is no such member; there are ${textMembers.join(', ')}, qos.` })
    } else if (![0, 1, 2].includes(value as number)) faults.push({ pointer, detail: 'It is 0, 1 or 2.' })
  }
  return faults
}

function topicFaultOf(topic: string): string | undefined {
  if (topic === '' || topic.length > downlinkTopicMax) {
    return `A topic has 1 to ${downlinkTopicMax} characters.`
  }
  if (/[+#\0]/.test(topic) || !topic.isWellFormed()) {
    return 'A command is published to one topic, without wildcards.'
  }
  const unknown = /\{(?!device\}|request\})[^}]*\}?/.exec(topic)
  if (unknown === null) return undefined
  return `"${unknown[0].slice(0, 40)}" has no meaning here; there are {device} and {request}.`
}

function responseFaultOf(topic: string): string | undefined {
  const fault = topicFaultOf(topic)
  if (fault !== undefined) return fault
  const level = topic.split('/').find((each) => each.includes('{') && !/^\{(device|request)\}$/.test(each))
  if (level === undefined) return undefined
  return `In a response topic {device} and {request} are levels of their own; "${level.slice(0, 40)}" is not.`
}

/** The filter that all answers match. */
export function responseFilterOf({ responseTopic }: Downlink): string | undefined {
  return responseTopic?.replaceAll(/\{(device|request)\}/g, '+')
}

/** `{device}` and `{request}` filled in. */
export function filledTopic(topic: string, device: string, request: number): string {
  return topic.replaceAll(/\{(device|request)\}/g, (_, name) =>
    name === 'device' ? device : String(request),
  )
}
