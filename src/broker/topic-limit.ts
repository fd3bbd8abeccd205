// How long and how deep a topic may be (I7): what is matched and remembered by levels must not cost more than
// a device could mean.
import type { BrokerLimits } from './limits.ts'

type TopicLimits = Pick<BrokerLimits, 'topicBytesMax' | 'topicLevelsMax'>

const slash = 0x2f

/** The limit that a topic name or filter is over; undefined when it is within both. */
export function exceededTopicLimit(
  topic: string,
  { topicBytesMax, topicLevelsMax }: TopicLimits,
): 'topicBytesMax' | 'topicLevelsMax' | undefined {
  // Almost every topic has fewer characters than it might have levels.
  if (topic.length < topicLevelsMax && topic.length * 3 <= topicBytesMax) return undefined
  if (topic.length * 3 > topicBytesMax && Buffer.byteLength(topic) > topicBytesMax) return 'topicBytesMax'
  let levels = 1
  for (let index = 0; index < topic.length; index++) {
    if (topic.charCodeAt(index) === slash && ++levels > topicLevelsMax) return 'topicLevelsMax'
  }
  return undefined
}
