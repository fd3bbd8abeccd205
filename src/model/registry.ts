// What all hubs on one store have in common is in the registry; some of it changes all the time.

/** Keys of the registry that begin so hold the delivery figures of each hub. Other hubs read them when they are
 *  asked for, so a change of them is no news (`Store.watchRegistry`). */
export const figuresPrefix = 'delivery/'

/** Keys of commands for devices: only the hub that made one follows it. */
export const commandsPrefix = 'command/'

/** What each hub has changed last of its commands: the others look at it themselves. */
export const commandMarksPrefix = 'commands-changed/'

/** Whether a change of this key is no news for other hubs. */
export function isNoNews(key: string): boolean {
  return [figuresPrefix, commandsPrefix, commandMarksPrefix].some((prefix) => key.startsWith(prefix))
}
