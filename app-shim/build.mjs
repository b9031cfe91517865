// Makes the package: optimises the wasm module, bundles it with the shim into one script, zips it with the manifest.
// Usage: node build.mjs OUT.zip. Expects src/generated to be filled (see build.sh).

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import AdmZip from 'adm-zip';
import { build } from 'esbuild';

const here = import.meta.dirname;
const generated = join(here, 'src/generated');
const i18n = join(here, '../i18n');
const out = process.argv[2];
if (out === undefined) {
    throw new Error('usage: node build.mjs OUT.zip');
}

/**
 * The features rustc's wasm32-unknown-unknown uses. Naming them all instead lets the optimiser write imports that one
 * of the hosts refuses to load.
 */
const features = ['bulk-memory', 'bulk-memory-opt', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int', 'reference-types', 'sign-ext'];

function optimised() {
    const input = join(generated, 'omni_wasm_bg.wasm');
    const output = join(generated, 'omni_wasm.opt.wasm');
    const optimiser = join(here, 'node_modules/binaryen/bin/wasm-opt');
    const enable = features.map((feature) => `--enable-${feature}`);
    execFileSync(process.execPath, [optimiser, '-Oz', '--strip-producers', '--strip-debug', ...enable, input, '-o', output], { stdio: 'inherit' });
    return readFileSync(output);
}

function texts() {
    const files = readdirSync(i18n).filter((name) => name.endsWith('.json')).sort();
    return Object.fromEntries(files.map((name) => [name.slice(0, -'.json'.length), JSON.parse(readFileSync(join(i18n, name), 'utf8'))]));
}

/** Labels that the server itself resolves. */
const serverKeys = /^(setting|section|command)_/;

/** Of these the app says the labels, when it speaks of a setting. */
const labels = /^setting_(?!.*_help$)/;

/** What the app says. The keys are the same in every language and are written once. */
function spoken() {
    const all = texts();
    const keys = Object.keys(all.en).filter((key) => labels.test(key) || !serverKeys.test(key));
    const languages = Object.entries(all).map(([language, said]) => [language, keys.map((key) => said[key] ?? all.en[key])]);
    return { keys, languages: Object.fromEntries(languages) };
}

const wasm = optimised();
// Compressed here, and not by the zip alone: brotli does better, and the zip cannot look into base64.
const pack = (bytes) =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS } });
const packed = pack(wasm);

/** What the sources import under `omni:`. */
const parts = {
    name: 'omni',
    setup(builder) {
        builder.onResolve({ filter: /^omni:/ }, ({ path }) => ({ path, namespace: 'omni' }));
        builder.onLoad({ filter: /^omni:wasm$/, namespace: 'omni' }, () => ({ contents: packed.toString('base64'), loader: 'text' }));
        builder.onLoad({ filter: /^omni:texts$/, namespace: 'omni' }, () => ({ contents: pack(Buffer.from(JSON.stringify(spoken()))).toString('base64'), loader: 'text' }));
    },
};

const bundle = await build({
    entryPoints: [join(here, 'src/App.ts')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    // Servers before 7.10 parse packages with a parser that knows no newer syntax.
    target: 'es2019',
    external: ['@rocket.chat/apps-engine/*'],
    plugins: [parts],
    minify: true,
    // The server names classes in its logs.
    keepNames: true,
    legalComments: 'none',
});
const script = Buffer.from(bundle.outputFiles[0].contents);

// The server rewrites an app whose text holds one of these, after parsing all of it.
for (const trap of ['.usernames', '.isOnline(', '.createToken(']) {
    if (script.includes(trap)) {
        throw new Error(`The bundle contains "${trap}": the server would parse and rewrite it at every start.`);
    }
}

const manifest = JSON.parse(readFileSync(join(here, '../app.json'), 'utf8'));
const files = {
    'app.json': Buffer.from(JSON.stringify(manifest, null, 2)),
    [manifest.classFile.replace(/\.ts$/, '.js')]: script,
    [manifest.iconFile]: readFileSync(join(here, manifest.iconFile)),
};
for (const [language, all] of Object.entries(texts())) {
    const shown = Object.fromEntries(Object.entries(all).filter(([key]) => serverKeys.test(key)));
    files[`i18n/${language}.json`] = Buffer.from(JSON.stringify(shown));
}
const archive = new AdmZip(undefined, { noSort: true });
for (const [name, bytes] of Object.entries(files)) {
    // The same sources give the same bytes, anywhere: a zip holds local times.
    archive.addFile(name, bytes).header.time = new Date(2020, 0, 1);
}
const zip = archive.toBuffer();
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, zip);
const kB = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
console.log(`${out}: ${kB(zip.length)} (wasm ${kB(wasm.length)}, packed ${kB(packed.length)}; script ${kB(script.length)})`);
