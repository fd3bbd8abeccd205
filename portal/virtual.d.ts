// Modules that the build makes.
declare module 'virtual:operations' {
  /** Method and path of each operation of the contract, by its id. */
  export const operations: Readonly<Record<string, readonly [method: string, path: string]>>
}
