// Filled in by the bundler (build.mjs).

declare module 'omni:wasm' {
    /** The module, brotli-compressed, as base64. */
    const packed: string;
    export default packed;
}

declare module 'omni:texts' {
    /** The content of `i18n/*.json` by language. */
    const texts: Record<string, Record<string, string>>;
    export default texts;
}
