/** Both vector indexes under the shared contract, in Node. */
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { openVectors } from '../../../kernel/drivers/vectors/index.ts'
import { openVoy } from '../../../kernel/drivers/voy/index.ts'
import { vectorContract } from '../../contract/vectors.ts'

const database = async () => createMemoryDatabase()

vectorContract('drivers/vectors, int8', { open: openVectors, database, tolerance: 0.01 })
vectorContract('drivers/vectors, float32', {
  open: openVectors,
  database,
  tolerance: 1e-5,
  options: { precision: 'float32' },
})
vectorContract('drivers/vectors, with a graph from the first vector on', {
  open: openVectors,
  database,
  tolerance: 0.01,
  options: { graphFrom: 1 },
})
vectorContract('drivers/voy', { open: openVoy, database, tolerance: 1e-5 })
