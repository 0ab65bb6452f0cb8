import type { FileObject } from 'openai/resources/files';

/** The files of a fine-tuning server, by id. */
export interface ServerFiles {
  /** Contents of what was uploaded. */
  readonly uploads: readonly string[];
  upload(contentType: string, body: Uint8Array): Promise<{ json: FileObject }>;
  /** Puts a file there; its id. */
  add(filename: string, bytes: Uint8Array, purpose?: FileObject['purpose']): string;
  text(id: string): string;
  /** `ID` gives what is known of a file, `ID/content` its bytes. */
  answer(path: string): { json: FileObject } | { bytes: Uint8Array } | undefined;
}

export function createServerFiles(): ServerFiles {
  const files = new Map<string, { about: FileObject; bytes: Uint8Array }>();
  const uploads: string[] = [];
  const put = (filename: string, bytes: Uint8Array, purpose: FileObject['purpose']): FileObject => {
    const about: FileObject = {
      id: `file-${files.size + 1}`,
      object: 'file',
      bytes: bytes.length,
      created_at: 1_800_000_000,
      filename,
      purpose,
      status: 'processed',
    };
    files.set(about.id, { about, bytes });
    return about;
  };
  return {
    uploads,
    async upload(contentType, body) {
      const form = await new Response(Uint8Array.from(body), { headers: { 'content-type': contentType } }).formData();
      const file = form.get('file');
      if (!(file instanceof File) || form.get('purpose') !== 'fine-tune') throw new Error('no file to fine-tune with');
      uploads.push(await file.text());
      return { json: put(file.name, await file.bytes(), 'fine-tune') };
    },
    add: (filename, bytes, purpose = 'fine-tune-results') => put(filename, bytes, purpose).id,
    text: (id) => Buffer.from(files.get(id)?.bytes ?? []).toString('utf8'),
    answer: (path) => {
      const [id = '', part] = path.split('/');
      const file = files.get(id);
      if (file === undefined) return undefined;
      return part === 'content' ? { bytes: file.bytes } : { json: file.about };
    },
  };
}
