import { restoreBackup } from '../src/backup/restore.ts';
import { readSettings } from '../src/settings.ts';

/** Restores a backup into a home and says on stdout what it is doing, until it is done or killed. */
const [folder = '', home = ''] = process.argv.slice(2);
await restoreBackup(folder, readSettings({ CONTINUUM_HOME: home }), (doing) => process.stdout.write(`${doing}\n`));
