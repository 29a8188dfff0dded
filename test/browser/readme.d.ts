/** Blocks of README.md as modules; made by .config/readme.ts. */
declare module 'virtual:readme/0' {}
declare module 'virtual:readme/2' {}
