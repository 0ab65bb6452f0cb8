import { addedLines, type ChangedFile } from '@continuum/contract/change-set';

/** Places where a mistake costs most, by the words of the path. */
const SENSITIVE_PATH =
  /(^|[/._-])(auth\w*|login|session|passw\w*|secrets?|tokens?|crypto\w*|acl|permissions?|admin|payments?|billing|sql|queries|migrations?|uploads?|webhooks?|api|routes?|controllers?|middleware|security|sandbox|deploy\w*|terraform|workflows)([/._-]|$)/i;
/** What is asked of an interpreter, a database, a browser or the file system. */
const SENSITIVE_CODE =
  /\b(eval|exec\w*|spawn\w*|system|popen|Function|innerHTML|dangerouslySetInnerHTML|outerHTML|document\.write|query|raw|deserialize|unserialize|pickle|yaml\.load|readFile\w*|writeFile\w*|unlink|redirect|cookie|password|secret|token|api[_-]?key|verify|jwt|md5|sha1|rejectUnauthorized)\b/;
/** Read last: nothing of it runs where strangers reach it. */
const HARMLESS_PATH =
  /(^|\/)(docs?|examples?|tests?|__tests__|specs?|fixtures?|locales?|i18n|changelogs?)\/|[._-](test|spec)\.\w+$|\.(md|mdx|txt|rst|adoc|css|scss|svg|csv)$/i;

const MOST_TELLING_LINES = 20;

/**
 * How much a file deserves to be read first, above 0 for source: the place it has, and how many of its added lines touch what
 * attackers look for. Decides an order only, never a finding.
 */
export function danger(file: ChangedFile): number {
  const place = (SENSITIVE_PATH.test(file.path) ? 6 : 0) + (HARMLESS_PATH.test(file.path) ? -12 : 2);
  const added = file.hunks.flatMap(({ lines }) => lines.filter(({ kind }) => kind === 'add'));
  const telling = added.filter(({ text }) => SENSITIVE_CODE.test(text.slice(0, 500))).length;
  return place + Math.min(telling, MOST_TELLING_LINES) / 2;
}

export interface PartOptions {
  /** Added lines of one part at most; a file is never split. */
  readonly linesPerPart: number;
  /** Added lines of all parts together at most. */
  readonly maxLines: number;
}

export interface Parts {
  /** The most dangerous files first. */
  readonly parts: readonly (readonly ChangedFile[])[];
  /** Those that did not fit any more. */
  readonly left: readonly ChangedFile[];
}

/** Splits a change into parts that are each a bounded piece of work. */
export function inParts(files: readonly ChangedFile[], { linesPerPart, maxLines }: PartOptions): Parts {
  const sized = files.map((file) => ({ file, lines: addedLines(file).size, danger: danger(file) }));
  const parts: ChangedFile[][] = [];
  const left: ChangedFile[] = [];
  let total = 0;
  let inPart = 0;
  for (const { file, lines } of sized.sort((a, b) => b.danger - a.danger || byPath(a.file, b.file))) {
    if (total + lines > maxLines) {
      left.push(file);
      continue;
    }
    total += lines;
    const part = parts.at(-1);
    if (part === undefined || inPart + lines > linesPerPart) {
      parts.push([file]);
      inPart = lines;
    } else {
      part.push(file);
      inPart += lines;
    }
  }
  return { parts, left };
}

function byPath(a: ChangedFile, b: ChangedFile): number {
  return a.path < b.path ? -1 : 1;
}
