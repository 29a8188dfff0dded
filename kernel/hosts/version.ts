/** The version of this build; the same as in package.json, which test/unit/kernel/host.test.ts checks. */
export const VERSION = '0.1.0'
