// Who wants a topic: values filed under topic filters, found by topic name. A tree of levels, so that a
// match costs about as much as the topic has levels, however many filters there are. Nothing recurses: a
// filter of 65,535 levels is only long.

class Node<T> {
  readonly level: string
  readonly parent: Node<T> | undefined
  // Most nodes have one child: a map only from the second on.
  only: Node<T> | undefined = undefined
  many: Map<string, Node<T>> | undefined = undefined
  /** Child for the wildcard `+`. */
  plus: Node<T> | undefined = undefined
  /** Values of the filter that ends here. */
  values: Set<T> | undefined = undefined
  /** Values of the filter that goes on with `/#` and ends. */
  hashValues: Set<T> | undefined = undefined

  constructor(level: string, parent: Node<T> | undefined) {
    this.level = level
    this.parent = parent
  }

  child(level: string): Node<T> | undefined {
    if (this.many !== undefined) return this.many.get(level)
    return this.only?.level === level ? this.only : undefined
  }

  grow(level: string): Node<T> {
    const node = new Node(level, this)
    if (level === '+') this.plus = node
    else if (this.many !== undefined) this.many.set(level, node)
    else if (this.only === undefined) this.only = node
    else {
      this.many = new Map([
        [this.only.level, this.only],
        [level, node],
      ])
      this.only = undefined
    }
    return node
  }

  /** Removes a child that has become empty. */
  shed(child: Node<T>): void {
    if (child.level === '+') this.plus = undefined
    else if (this.many === undefined) this.only = undefined
    else {
      this.many.delete(child.level)
      if (this.many.size === 0) this.many = undefined
    }
  }

  get isEmpty(): boolean {
    return (
      this.values === undefined &&
      this.hashValues === undefined &&
      this.only === undefined &&
      this.many === undefined &&
      this.plus === undefined
    )
  }
}

export class FilterTree<T> {
  readonly #root = new Node<T>('', undefined)
  #size = 0

  /** Pairs of filter and value. */
  get size(): number {
    return this.#size
  }

  /** Files a value under a well-formed filter (not `$share/…`). A pair that is there already stays one. */
  add(filter: string, value: T): void {
    const { levels, isHash } = pathOf(filter)
    let node = this.#root
    for (const level of levels) {
      node = (level === '+' ? node.plus : node.child(level)) ?? node.grow(level)
    }
    const values = isHash ? (node.hashValues ??= new Set()) : (node.values ??= new Set())
    if (values.has(value)) return
    values.add(value)
    this.#size++
  }

  /** Takes a value away from a filter; nothing happens when it isn't there. */
  remove(filter: string, value: T): void {
    const { levels, isHash } = pathOf(filter)
    let node: Node<T> | undefined = this.#root
    for (const level of levels) {
      node = level === '+' ? node.plus : node.child(level)
      if (node === undefined) return
    }
    const values = isHash ? node.hashValues : node.values
    if (values === undefined || !values.delete(value)) return
    this.#size--
    if (values.size > 0) return
    if (isHash) node.hashValues = undefined
    else node.values = undefined
    while (node.isEmpty && node.parent !== undefined) {
      node.parent.shed(node)
      node = node.parent
    }
  }

  /** Visits the values of all filters that match a topic name, in no particular order; a value that is filed
   *  under several of them is visited for each. The tree must not change during the visit. */
  match(topic: string, visit: (value: T) => void): void {
    const levels = topic.split('/')
    // [MQTT-4.7.2-1] A wildcard in the first level does not reach topics that begin with `$`.
    const isHidden = topic.charCodeAt(0) === 0x24
    const nodes: Node<T>[] = [this.#root]
    const depths: number[] = [0]
    for (;;) {
      const node = nodes.pop()
      if (node === undefined) return
      const depth = depths.pop()!
      const mayBeWild = depth > 0 || !isHidden
      if (node.hashValues !== undefined && mayBeWild) for (const value of node.hashValues) visit(value)
      if (depth === levels.length) {
        if (node.values !== undefined) for (const value of node.values) visit(value)
        continue
      }
      if (node.plus !== undefined && mayBeWild) {
        nodes.push(node.plus)
        depths.push(depth + 1)
      }
      const child = node.child(levels[depth]!)
      if (child !== undefined) {
        nodes.push(child)
        depths.push(depth + 1)
      }
    }
  }
}

function pathOf(filter: string): { levels: string[]; isHash: boolean } {
  const levels = filter.split('/')
  const isHash = levels.at(-1) === '#'
  if (isHash) levels.pop()
  return { levels, isHash }
}
