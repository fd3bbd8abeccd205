// What all hubs on one store have in common is in the registry; some of it changes all the time.

/** Keys of the registry that begin so hold the delivery figures of each hub. Other hubs read them when they are
 *  asked for, so a change of them is no news (`Store.watchRegistry`). */
export const figuresPrefix = 'delivery/'
