// Filled in by the bundler (build.mjs).

declare module 'omni:wasm' {
    /** The module, brotli-compressed, as base64. */
    const packed: string;
    export default packed;
}

declare module 'omni:texts' {
    /** What the app says in each language (`PackedTexts` in core.ts) as JSON, brotli-compressed, as base64. */
    const packed: string;
    export default packed;
}
