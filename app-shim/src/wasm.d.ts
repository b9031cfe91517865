// Filled in by the bundler (build.mjs).

declare module 'omni:wasm' {
    /** The module, brotli-compressed, as base64. */
    const packed: string;
    export default packed;
}

declare module 'omni:texts' {
    /** The content of `i18n/*.json` by language as JSON, brotli-compressed, as base64. */
    const packed: string;
    export default packed;
}
