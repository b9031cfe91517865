/**
 * The words behind a slash command as an app gets them: parted by blanks, what stands in quotes (`"` or `'`, anywhere, also
 * an apostrophe that finds another one) is one word or a part of one, and the quotes are gone.
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/lib/utils/parseParameters.ts
 */
export function parseParameters(text: string): string[] {
    const words: string[] = [];
    let word: string | undefined;
    let grouped = false;
    let afterGroup = false;
    const end = (): void => {
        if (word !== undefined) {
            words.push(word);
        }
        word = undefined;
    };
    for (let at = 0; at < text.length; at += 1) {
        const char = text.charAt(at);
        const close = char === '"' || char === "'" ? closing(text, at) : -1;
        if (close >= 0) {
            if (afterGroup) {
                end();
            }
            word = (word ?? '') + text.slice(at + 1, close);
            at = close;
            grouped = true;
        } else if (' \n\r\t'.includes(char)) {
            end();
        } else {
            word = (word ?? '') + char;
        }
        afterGroup = close >= 0;
    }
    end();
    return grouped ? words.map((each) => each.replaceAll('\\"', '"')) : words;
}

/** Where the quote that opens here closes; -1 when it does not. A backslash keeps the next character from closing it. */
function closing(text: string, open: number): number {
    for (let at = open + 1; at < text.length; at += 1) {
        if (text.charAt(at) === '\\') {
            at += 1;
        } else if (text.charAt(at) === text.charAt(open)) {
            return at;
        }
    }
    return -1;
}
