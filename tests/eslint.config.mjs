// The project's TypeScript rules, applied to tests/.
import { defineConfig } from 'eslint/config';

import shared from '../app-shim/eslint.config.mjs';

export default defineConfig(
    { ignores: ['**/sample-app/**'] },
    shared,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            // An underscore says that a name is there only for its place.
            '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
        },
    },
    {
        files: ['**/test/**'],
        // node:test takes the promise of `test()` itself.
        rules: { '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: 'test', package: 'node:test' }] }] },
    },
);
