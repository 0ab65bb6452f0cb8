import wabt from 'wabt';

/** WebAssembly of a source in its text format, in base64. Throws what the compiler says where the source is wrong. */
export async function compileWat(name: string, source: string, relaxedSimd = false): Promise<string> {
  const { parseWat } = await wabt();
  const module = parseWat(name, source, { simd: true, relaxed_simd: relaxedSimd });
  module.validate();
  return Buffer.from(module.toBinary({}).buffer).toString('base64');
}
