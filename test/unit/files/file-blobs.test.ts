import { createMemoryFileBlobs } from '../../../kernel/drivers/memory/file-blobs.ts'
import { fileBlobsContract } from '../../contract/file-blobs.ts'

const blobs = createMemoryFileBlobs()
fileBlobsContract('the in-memory twin', () => blobs)
