// Names that are given to devices and users, before they become parts of keys.
import { nameBytesMax } from './records.ts'

/** 1 to 256 bytes of well-formed text without control characters, which keys use as marks. */
export function isDeviceName(name: string): boolean {
  const bytes = Buffer.byteLength(name)
  return bytes > 0 && bytes <= nameBytesMax && name.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(name)
}
