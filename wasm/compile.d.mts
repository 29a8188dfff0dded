export function compile(name: string): Promise<Uint8Array>
