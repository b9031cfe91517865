/** An error with a stable word for programs beside the sentence for people. */
export class CodedError extends Error {
    constructor(
        readonly code: string,
        message: string,
    ) {
        super(message);
    }
}

/**
 * The code of an error of ours, or the server's own. The latter crosses the process line inside the message: Meteor errors print as
 * "reason [code]", others are a bare code. Anything else may quote data and is not passed on.
 */
export function codeOf(error: unknown): string {
    const { code, message: said } = (error ?? {}) as { code?: unknown; message?: unknown };
    if (typeof code === 'string') {
        return code;
    }
    const message = typeof said === 'string' ? said : '';
    return /\[([a-z][a-z0-9_-]*)\]\s*$/.exec(message)?.[1] ?? /^(?:Error: )?([a-z]+(?:[-_][a-z]+)+)$/.exec(message)?.[1] ?? 'failed';
}
