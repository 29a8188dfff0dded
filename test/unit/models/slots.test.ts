import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as slots from '../../../kernel/core/scheduler/slots.ts'
import type { SlotState, Ticket } from '../../../kernel/core/scheduler/slots.ts'

const MODELS = ['one', 'two', null] as const
const step = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), model: fc.constantFrom(...MODELS), slot: fc.boolean() }),
  fc.record({ do: fc.constant('release' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('change-ends' as const), works: fc.boolean(), slots: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('lose' as const) }),
)

test('nothing runs beyond the slots, out of order, or on a model that is not loaded, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let state = slots.emptySlots
      let number = 0
      const settle = () => {
        for (;;) {
          const decision = slots.decide(state)
          if (decision.do === 'nothing') return
          if (decision.do === 'abandon') {
            state = slots.changed(state, null, 0)
          } else if (decision.do === 'change') {
            expect(state.running).toEqual([])
            state = slots.changing(state, decision.to)
          } else {
            expect(decision.ticket).toBe(state.waiting[0])
            expect(decision.ticket.model).toBe(state.loaded)
            state = slots.started(state, decision.ticket)
          }
          check(state)
        }
      }
      for (const event of steps) {
        if (event.do === 'ask') {
          number += 1
          const slot = event.model !== null && event.slot
          state = slots.requested(state, { id: number, number, model: event.model, slot })
        } else if (event.do === 'release') {
          const tickets = [...state.running, ...state.waiting]
          const ticket = tickets[event.which % Math.max(1, tickets.length)]
          if (ticket) state = slots.released(state, ticket)
        } else if (event.do === 'change-ends' && state.changing) {
          state = slots.changed(state, event.works ? state.changing.to : null, event.slots)
          if (!event.works) state = { ...state, waiting: [] }
        } else if (event.do === 'lose' && state.loaded !== null) {
          const again = state.running.map((ticket): Ticket => ({ ...ticket, id: ++number }))
          state = slots.lost(state, state.loaded)
          for (const ticket of again) state = slots.requested(state, ticket)
        }
        check(state)
        settle()
      }
    }),
    { numRuns: 500 },
  )
})

function check(state: SlotState): void {
  expect(state.running.length).toBeLessThanOrEqual(state.slots)
  const numbers = state.waiting.map((ticket) => ticket.number)
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
  for (const ticket of state.running) expect(ticket.model).toBe(state.loaded)
  if (state.changing) expect(state.loaded).toBeNull()
}

test('everybody is served in the end when loads work and answers end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...MODELS), { maxLength: 30 }), (wanted) => {
      let state = slots.emptySlots
      wanted.forEach((model, index) => {
        state = slots.requested(state, { id: index, number: index, model, slot: model !== null })
      })
      const served: number[] = []
      for (;;) {
        const decision = slots.decide(state)
        if (decision.do === 'start') {
          state = slots.started(state, decision.ticket)
          served.push(decision.ticket.number)
        } else if (decision.do === 'change') {
          state = slots.changed(slots.changing(state, decision.to), decision.to, 2)
        } else if (state.running[0]) {
          state = slots.released(state, state.running[0])
        } else {
          break
        }
      }
      expect(served).toEqual(wanted.map((_, index) => index))
    }),
  )
})

test('a load that nobody waits for any more gives way to who waits for another model', () => {
  const forOne: Ticket = { id: 1, number: 1, model: 'one', slot: true }
  const forTwo: Ticket = { id: 2, number: 2, model: 'two', slot: true }
  let state = slots.changing(slots.requested(slots.requested(slots.emptySlots, forOne), forTwo), 'one')
  expect(slots.decide(state)).toEqual({ do: 'nothing' })
  state = slots.released(state, forOne)
  expect(slots.decide(state)).toEqual({ do: 'abandon' })
})

test('a model that was lost is brought back though nobody waits, unless somebody needs another one', () => {
  const ready = slots.changed(slots.changing(slots.emptySlots, 'one'), 'one', 2)
  const lost = slots.lost(ready, 'one')
  expect(slots.decide(lost)).toEqual({ do: 'change', to: 'one' })
  const needed = slots.requested(lost, { id: 1, number: 1, model: 'two', slot: true })
  expect(slots.decide(needed)).toEqual({ do: 'change', to: 'two' })
})
