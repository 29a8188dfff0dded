export interface Served extends Record<string, unknown> {
  /** Address with a slash at the end. */
  url: string
  close(): Promise<void>
}
export function serve(options?: { directory?: string; port?: number }): Promise<Served>
