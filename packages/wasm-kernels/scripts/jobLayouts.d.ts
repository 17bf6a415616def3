import type { JobLayout } from '../generated/kernels.js';

export declare function layoutsInto(layouts: Record<string, JobLayout>): new () => { afterCompile(): void };
export declare function typeOfFields(layout: JobLayout): string;
