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
        files: ['**/*.test.ts', '**/test/**', 'e2e/main-paths.ts'],
        rules: {
            // node:test takes the promises of these itself.
            '@typescript-eslint/no-floating-promises': [
                'error',
                { allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'describe', 'it', 'before', 'after'], package: 'node:test' }] },
            ],
        },
    },
    {
        // Answers over HTTP are JSON of many shapes; what they must hold is what these tests assert.
        files: ['**/test/http-*.ts'],
        rules: {
            '@typescript-eslint/no-unsafe-argument': 'off',
            '@typescript-eslint/no-unsafe-assignment': 'off',
            '@typescript-eslint/no-unsafe-call': 'off',
            '@typescript-eslint/no-unsafe-member-access': 'off',
        },
    },
);
