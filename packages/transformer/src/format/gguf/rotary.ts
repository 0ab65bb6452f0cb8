import type { ModelConfig } from '@continuum/contract/adapter';

/** Turns the rows of one matrix from one order into the other. */
type RowOrder = (row: number, headSize: number) => number;

/** Hugging Face rotates row j with row j + size / 2 of a head, GGUF's llama rotates neighbours: where HF's row goes. */
const toGguf: RowOrder = (row, size) => (row < size / 2 ? 2 * row : 2 * (row - size / 2) + 1);
const toHf: RowOrder = (row, size) => (row % 2 === 0 ? row / 2 : (row - 1) / 2 + size / 2);

/**
 * Rows of a query or key projection (`[heads x head size, columns]`, or LoRA's B of one) in the order of the other
 * format; other matrices as they are. As `permute` of llama.cpp's convert_hf_to_gguf.py.
 */
export function reorderRows(
  name: string,
  data: Float32Array,
  model: ModelConfig,
  direction: 'to-gguf' | 'to-hf',
): Float32Array {
  if (!/\b[qk]_proj\b/.test(name)) return data;
  const headSize = model.hiddenSize / model.heads;
  const rows = headSize * (/\bq_proj\b/.test(name) ? model.heads : model.kvHeads);
  const columns = data.length / rows;
  const order = direction === 'to-gguf' ? toGguf : toHf;
  const reordered = new Float32Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    const inHead = row % headSize;
    const target = row - inHead + order(inHead, headSize);
    reordered.set(data.subarray(row * columns, (row + 1) * columns), target * columns);
  }
  return reordered;
}
