import { setTimeout as sleep } from 'node:timers/promises';

import type { IOnetimeSchedule, IProcessor, IRecurringSchedule } from '@rocket.chat/apps-engine/definition/scheduler/index.js';
import { CronExpressionParser } from 'cron-parser';
import humanInterval from 'human-interval';

import type { Core } from '../../core.js';
import { objectId } from '../../ids.js';
import type { ScheduledJob } from '../../model.js';
import type { JobDoc } from '../../store/collections.js';
import { SchedulerBridge } from '../classes.js';

type Run = (context: Record<string, unknown>) => Promise<void>;

/** How long a job stays taken when the process that ran it died; Agenda's `defaultLockLifetime`. */
const LOCK_MS = 10 * 60_000;
/** How long `stop` waits. */
const STOP_WAIT_MS = 3000;
/** How often other processes' jobs are looked for, at most. */
const POLL_MS = 1000;

/**
 * Scheduled jobs with Agenda's rules as the server uses them: a recurring job is one per processor, a one-time job goes
 * away after success and stays, failed, otherwise; one run of a processor at a time; one process runs a job.
 */
export class WorkspaceSchedulerBridge extends SchedulerBridge {
    readonly #processors = new Map<string, Run>();
    /** Of each processor the run that is under way. */
    readonly #running = new Map<string, Promise<void>>();
    #timer: NodeJS.Timeout | undefined;
    #polls = false;
    #stopped = false;

    constructor(
        private readonly core: Core,
        /** Apps whose process is being started anew: their jobs wait for it. */
        private readonly isRestarting: (appId: string) => boolean,
    ) {
        super();
    }

    /** Runs due jobs on its own from now on. */
    start(): void {
        this.#polls = true;
        this.#arm();
    }

    /** Starts no more runs, and waits a while for those under way. */
    async stop(): Promise<void> {
        this.#polls = false;
        clearTimeout(this.#timer);
        for (let waited = 0; this.#running.size > 0 && waited < STOP_WAIT_MS; waited += 10) {
            await sleep(10);
        }
        this.#stopped = true;
    }

    /** Waits for the runs under way; false when there are none. */
    async idle(): Promise<boolean> {
        const runs = [...this.#running.values()];
        await Promise.all(runs);
        return runs.length > 0;
    }

    /** When the next job is due, Unix ms. */
    nextDue(): number | undefined {
        const row = this.core.db.prepare('SELECT min(k_nextRunAt) AS at FROM app_jobs WHERE k_nextRunAt IS NOT NULL').get() as { at: number | null };
        return row.at ?? undefined;
    }

    /** Runs what is due, each processor's jobs one after the other; gives how many ran. */
    async runDue(): Promise<number> {
        let ran = 0;
        for (let runs = this.#begin(); runs.length > 0; runs = this.#stopped ? [] : this.#begin()) {
            ran += runs.length;
            await Promise.all(runs);
        }
        return ran;
    }

    jobs(appId?: string): ScheduledJob[] {
        return this.core.collections.jobs.find({ appId }).map((job) => scheduledJob(job));
    }

    protected override async registerProcessors(processors: IProcessor[], appId: string): Promise<string[] | undefined> {
        const ids: string[] = [];
        for (const registered of processors) {
            const { id, startupSetting } = registered;
            this.#processors.set(id, (context) => (registered as unknown as { processor: Run }).processor(context));
            const startup = startupSetting as { type: string; when: string | Date; interval: string | number; skipImmediate?: boolean; data?: object } | null | undefined;
            if (startup === null || startup === undefined) {
                continue;
            }
            const scheduled =
                startup.type === 'onetime'
                    ? this.core.collections.jobs.findOne({ name: id }) === undefined && (await this.scheduleOnce({ id, when: startup.when, data: startup.data }, appId))
                    : await this.scheduleRecurring({ id, interval: startup.interval, skipImmediate: startup.skipImmediate, data: startup.data }, appId);
            if (typeof scheduled === 'string') {
                ids.push(scheduled);
            }
        }
        return ids.length === 0 ? undefined : ids;
    }

    /** Nothing comes back when the time cannot be understood; the server logs and says nothing either. */
    protected override scheduleOnce({ id, when, data }: IOnetimeSchedule, appId: string): Promise<string | undefined> {
        const at = moment(when, this.core.now());
        if (at === undefined) {
            console.error(`The app ${appId} wanted a job at a time that cannot be understood`);
            return Promise.resolve(undefined);
        }
        return Promise.resolve(
            this.#put({ _id: objectId(), name: id, appId, type: 'normal', nextRunAt: new Date(at), data: { ...data } }),
        );
    }

    protected override scheduleRecurring({ id, interval, skipImmediate, data }: IRecurringSchedule, appId: string): Promise<string | undefined> {
        const now = this.core.now();
        const next = following(interval, now);
        if (next === undefined) {
            console.error(`The app ${appId} wanted a job at an interval that cannot be understood`);
            return Promise.resolve(undefined);
        }
        const existing = this.core.collections.jobs.find({ name: id }).find((job) => job.type === 'single');
        return Promise.resolve(
            this.#put({
                ...existing,
                _id: existing?._id ?? objectId(),
                name: id,
                appId,
                type: 'single',
                repeatInterval: interval,
                nextRunAt: new Date(skipImmediate === true ? next : now),
                data: { ...data },
            }),
        );
    }

    protected override cancelJob(jobId: string): Promise<void> {
        // The engine puts the app's id behind whatever it is given, a job's own id included.
        const own = jobId.split('_')[0] ?? '';
        if (/^[0-9a-f]{24}$/.test(own)) {
            this.core.collections.jobs.remove(own);
        } else {
            this.core.collections.jobs.removeWhere({ name: jobId });
        }
        return Promise.resolve();
    }

    protected override cancelAllJobs(appId: string): Promise<void> {
        this.core.collections.jobs.removeWhere({ appId });
        return Promise.resolve();
    }

    #put(job: JobDoc): string {
        this.core.collections.jobs.put(job);
        this.#arm();
        return job._id;
    }

    #begin(): Promise<void>[] {
        return this.#claim().map((job) => {
            const run = this.#run(job);
            this.#running.set(job.name, run);
            return run;
        });
    }

    /** Takes the due jobs, at most one per processor; the lock keeps other processes off. */
    #claim(): JobDoc[] {
        const now = this.core.now();
        const first = this.nextDue();
        if (first === undefined || first > now) {
            return [];
        }
        return this.core.db.transaction(() => {
            const claimed: JobDoc[] = [];
            const names = new Set(this.#running.keys());
            for (const job of this.core.collections.jobs.find({}, { sort: 'nextRunAt' })) {
                const due = job.nextRunAt !== null && job.nextRunAt.getTime() <= now;
                const locked = (job.lockedAt ?? undefined) !== undefined && now - (job.lockedAt?.getTime() ?? 0) < LOCK_MS;
                if (!due || locked || names.has(job.name) || !this.#processors.has(job.name) || this.isRestarting(job.appId)) {
                    continue;
                }
                names.add(job.name);
                claimed.push(this.core.collections.jobs.put({ ...job, lockedAt: new Date(now) }));
            }
            return claimed;
        });
    }

    async #run(job: JobDoc): Promise<void> {
        const { jobs } = this.core.collections;
        const started = this.core.date();
        let error: string | undefined;
        try {
            await this.#processors.get(job.name)?.({ ...job.data, jobId: job._id });
        } catch (reason) {
            error = reason instanceof Error ? reason.message : JSON.stringify(reason);
        }
        this.#running.delete(job.name);
        if (this.#stopped) {
            // It outlived the workspace and its database: the lock stays, as when a server dies.
            return;
        }
        // Cancelled meanwhile: nothing to note down.
        if (jobs.get(job._id) !== undefined) {
            if (error === undefined && job.type === 'normal') {
                jobs.remove(job._id);
            } else {
                const again = job.repeatInterval === undefined ? undefined : following(job.repeatInterval, started.getTime());
                jobs.update(job._id, (stored) => ({
                    lockedAt: null,
                    lastRunAt: started,
                    nextRunAt: again === undefined ? null : new Date(again),
                    ...(error === undefined ? {} : { failedAt: started, failReason: error, failCount: (stored.failCount ?? 0) + 1 }),
                }));
            }
        }
        this.core.emit('job', { job: scheduledJob(job), error });
    }

    #arm(): void {
        if (!this.#polls) {
            return;
        }
        clearTimeout(this.#timer);
        const wait = (this.nextDue() ?? Infinity) - this.core.now();
        this.#timer = setTimeout(
            () => {
                // A run that waits for a slow handler must not hold up the others.
                void this.runDue();
                this.#arm();
            },
            Math.min(POLL_MS, Math.max(wait, 20)),
        );
        this.#timer.unref();
    }
}

function scheduledJob(job: JobDoc): ScheduledJob {
    return {
        _id: job._id,
        processorId: job.name.endsWith(`_${job.appId}`) ? job.name.slice(0, -job.appId.length - 1) : job.name,
        appId: job.appId,
        type: job.type === 'normal' ? 'once' : 'recurring',
        nextRunAt: job.nextRunAt,
        interval: job.repeatInterval,
        data: job.data,
        lastRunAt: job.lastRunAt,
        failCount: job.failCount ?? 0,
        failReason: job.failReason,
    };
}

/** A date, an ISO text, or "in 5 minutes". */
function moment(when: string | Date, now: number): number | undefined {
    const exact = when instanceof Date ? when.getTime() : /^\d{4}-\d\d-\d\d/.test(when) ? Date.parse(when) : NaN;
    if (!Number.isNaN(exact)) {
        return exact;
    }
    const ms = when instanceof Date ? undefined : /^now$/i.test(when.trim()) ? 0 : interval(when.replace(/^in\s+/i, ''));
    return ms === undefined ? undefined : now + ms;
}

/** The time after `from` that an interval in ms, in words, or as cron expression comes to. */
function following(every: string | number, from: number): number | undefined {
    const ms = typeof every === 'number' ? every : interval(every);
    if (ms !== undefined && ms > 0) {
        return from + ms;
    }
    try {
        return CronExpressionParser.parse(String(every), { currentDate: new Date(from) }).next().getTime();
    } catch {
        return undefined;
    }
}

function interval(words: string): number | undefined {
    const ms = /^\d+$/.test(words.trim()) ? Number(words) : humanInterval(words);
    return ms === undefined || Number.isNaN(ms) ? undefined : ms;
}
