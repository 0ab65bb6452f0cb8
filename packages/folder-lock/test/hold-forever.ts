import { lockFolder } from '@continuum/folder-lock/folder-lock';

const [folder = ''] = process.argv.slice(2);
await lockFolder(folder, 'store');
console.log('held');
setInterval(() => undefined, 1_000);
