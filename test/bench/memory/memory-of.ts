/** A memory as it is stored, of nothing but its text. */
import type { MemoryRecord } from '../../../kernel/core/storage/records.ts'

export function memoryOf(number: number, text: string, at: number, more: Partial<MemoryRecord> = {}): MemoryRecord {
  return {
    ...{ id: String(number), number, kind: 'fact', text, owner: null, scope: '' },
    provenance: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' },
    ...{ validFrom: at, validUntil: null, links: [], version: 1, createdAt: at, updatedAt: at, uses: 0, usedAt: null },
    ...more,
  }
}
