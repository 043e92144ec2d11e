// CPU and memory of other processes, from /proc: Linux only.
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

const statOf = (pid: number): { parent: number; cpuMs: number; command: string } => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    parent: Number(fields[1]),
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND,
    command: text.slice(text.indexOf('(') + 1, close),
  };
};

/** User and system time so far, ms. */
export const cpuMsOf = (pid: number): number => statOf(pid).cpuMs;

/**
 * Of its main thread: time on a processor, and time in which it would have run and another process did. Zero where the kernel
 * does not count them.
 */
export const schedulingOf = (pid: number): { readonly ranMs: number; readonly waitedMs: number } => {
  try {
    const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 };
  } catch {
    return { ranMs: 0, waitedMs: 0 };
  }
};

export const residentBytesOf = (pid: number): number => {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) * 1024;
};

/** All PostgreSQL processes whose postmaster has this pid, dead children included. */
export const postgresCpuMsOf = (postmasterPid: number): number => {
  let total = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = statOf(Number(name));
      if (Number(name) === postmasterPid || stat.parent === postmasterPid) total += stat.cpuMs;
    } catch {
      // The process ended between listing and reading.
    }
  }
  return total;
};
