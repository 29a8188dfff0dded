/** Both vector indexes under faults, in Node. */
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { openVectors } from '../../../kernel/drivers/vectors/index.ts'
import { openVoy } from '../../../kernel/drivers/voy/index.ts'
import { vectorFaults } from '../../contract/vector-faults.ts'

const database = async () => createMemoryDatabase()

vectorFaults('drivers/vectors', { open: openVectors, database, tolerance: 0.01, options: { graphFrom: 100 } }, 4_096)
vectorFaults('drivers/voy', { open: openVoy, database, tolerance: 1e-5 }, 48)
