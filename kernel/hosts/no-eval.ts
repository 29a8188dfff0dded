/**
 * Has zod interpret schemas instead of compiling them with `new Function`, which the content policy forbids and reports
 * (.config/headers.mjs). Schemas look at this when they are made, so a host imports it before anything else.
 */
import * as z from 'zod'

z.config({ jitless: true })
