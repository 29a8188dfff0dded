/**
 * Contents of files on this device: chunks by the hash of their bytes, so that equal ones are stored once. Knows nothing of
 * files, spaces or versions; contents.ts decides what stays. Drivers: drivers/opfs and its in-memory twin; both pass
 * test/contract/file-blobs.
 */
export interface FileBlobs {
  /** SHA-256 in hexadecimal. */
  hash(bytes: Uint8Array<ArrayBuffer>): Promise<string>
  /** Resolves once it is on disk. A crash before leaves the old bytes, or none. @throws HearthError `storage-full`, `storage-failed` */
  write(hash: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Null when it is not there. The bytes are as they are on disk: nobody has checked them. @throws HearthError `storage-failed` */
  read(hash: string): Promise<Uint8Array<ArrayBuffer> | null>
  /** One that is not there is no error. @throws HearthError `storage-failed` */
  remove(hash: string): Promise<void>
  /** All that are there, in no order. */
  list(): AsyncIterable<string>
  /** Bytes of all that are there. */
  usage(): Promise<number>
  /** Deletes all. */
  clear(): Promise<void>
}
