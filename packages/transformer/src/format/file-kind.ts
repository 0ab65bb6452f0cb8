/** What a file is by its first bytes, to say plainly why it is refused. */
const KINDS: readonly { readonly name: string; readonly starts: readonly number[]; readonly next: string }[] = [
  {
    name: 'a PyTorch archive (a pickle in a zip)',
    starts: [0x50, 0x4b, 0x03, 0x04],
    next: 'Pickles can run code and are never opened: save it with save_pretrained(..., safe_serialization=True).',
  },
  {
    name: 'a Python pickle',
    starts: [0x80],
    next: 'Pickles can run code and are never opened: save it with save_pretrained(..., safe_serialization=True).',
  },
  { name: 'a GGUF file', starts: [0x47, 0x47, 0x55, 0x46], next: 'Turn it into a PEFT folder first.' },
  { name: 'a gzip archive', starts: [0x1f, 0x8b], next: 'Unpack it first.' },
  { name: 'an HDF5 file', starts: [0x89, 0x48, 0x44, 0x46], next: 'Save the weights as safetensors.' },
  {
    name: 'a Git LFS pointer',
    starts: [...'version https://git-lfs'].map((c) => c.charCodeAt(0)),
    next: 'Run git lfs pull.',
  },
];

/** Names the kind of a file that turned out not to be what it should be; undefined for one without a known mark. */
export function recognise(bytes: Uint8Array): { readonly name: string; readonly next: string } | undefined {
  return KINDS.find(({ starts }) => starts.every((byte, index) => bytes[index] === byte));
}
