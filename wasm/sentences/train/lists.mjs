/** How the lists here are written down, so that they are short to read. */
export const list = (text) => text.trim().split(/,\s+/)
export const words = (text) => text.trim().split(/\s+/)
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)
