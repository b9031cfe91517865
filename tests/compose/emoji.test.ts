// The emoji table against the set that Rocket.Chat's picker is made from.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { known, table, unselected } from './emoji.js';

/** Names of other programs' pickers, or of older servers, that agents type by habit: Rocket.Chat leaves them as they are, the customer reads the emoji. */
const byHabit = ['crossed_fingers', 'heavy_exclamation_mark', 'hugs', 'iphone', 'smiling_face_with_three_hearts'];

test('every line is an emoji with its names', () => {
    for (const { line, names, emoji, more } of table) {
        assert.ok(names.length > 0 && names.every((name) => /^[a-z0-9_+-]+$/.test(name)), line);
        assert.match(emoji, /\p{Emoji}/u, line);
        assert.deepEqual(more, [], line);
    }
});

test('every name stands for the emoji that the picker shows under it', () => {
    const others = table.flatMap(({ names, emoji }) => {
        return names.filter((name) => unselected(known.get(name) ?? '') !== unselected(emoji));
    });
    assert.deepEqual(others.sort(), byHabit);
});

test('the name that reactions are set by is one that the server knows', () => {
    assert.deepEqual(table.filter(({ names: [first = ''] }) => !known.has(first)), []);
});

test('no other name of an emoji in the table is missing', () => {
    const ours = new Map(table.map(({ names, emoji }) => [unselected(emoji), names]));
    const missing = [...known].filter(([name, emoji]) => ours.get(unselected(emoji))?.includes(name) === false);
    assert.deepEqual(missing, []);
});
