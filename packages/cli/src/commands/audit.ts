import type { AuditView } from '@continuum/contract/http';
import type { Command } from 'commander';
import { sessionOf } from '../output.ts';

/** `continuum audit`: who did what, and whether anybody changed that afterwards. */
export function addAudit(program: Command): void {
  const audit = program.command('audit').description('who did what');
  audit
    .command('list', { isDefault: true })
    .description('the newest entries')
    .option('--limit <n>', 'how many', '50')
    .action(async ({ limit }: { limit: string }, command: Command) => {
      const session = sessionOf(command);
      const entries = await session.client.audit({ limit: Number(limit) });
      session.print(entries, (list) => list.map(lineOf).join('\n') || 'nothing yet');
    });
  audit
    .command('verify')
    .description('follow the chain of hashes from the first entry to the last')
    .action(async (_flags: unknown, command: Command) => {
      const session = sessionOf(command);
      const state = await session.client.verifyAudit();
      session.print(state, ({ intact, brokenAt }) =>
        intact ? 'the chain is whole' : `entry ${brokenAt} was changed or removed, or the one before it`,
      );
      if (!state.intact) process.exitCode = 1;
    });
}

function lineOf({ seq, at, actor, action, subject, detail }: AuditView): string {
  const { outcome, code } = detail;
  const end = typeof outcome === 'string' ? ` ${outcome}${typeof code === 'string' ? ` (${code})` : ''}` : '';
  return `${seq} ${at} ${actor} ${action} ${subject}${end}`;
}
