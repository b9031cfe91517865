/** Numbers as the bench prints them. */

export function percentile(numbers: number[], share: number): number {
    const sorted = [...numbers].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export const median = (numbers: number[]): number => percentile(numbers, 0.5);

export const micros = (nanoseconds: number): string => `${(nanoseconds / 1000).toFixed(1)} µs`;

export const kB = (bytes: number): string => `${String(Math.round(bytes / 1000))} kB`;

/** Whether a budget is kept; nothing fails for it. */
export const held = (met: boolean): string => (met ? 'met' : 'not met');
