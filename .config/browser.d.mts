export function findBrowser(): string | undefined
export const browserFlags: string[]
