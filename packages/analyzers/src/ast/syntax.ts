import { parse, type SgNode } from '@ast-grep/napi';
import { type Language, registerGrammars } from './language.ts';

/**
 * A node of the syntax tree, held on the JavaScript side: crossing into the native tree for every question is ten
 * times slower than copying it once.
 */
export class SyntaxNode {
  readonly kind: string;
  readonly named: boolean;
  /** UTF-16 offsets into the source, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** 1-based, exclusive. */
  readonly endColumn: number;
  readonly parent: SyntaxNode | undefined;
  readonly children: SyntaxNode[] = [];
  readonly #source: string;
  readonly #native: SgNode;

  constructor(native: SgNode, parent: SyntaxNode | undefined, source: string) {
    const range = native.range();
    this.kind = String(native.kind());
    this.named = native.isNamed();
    this.start = range.start.index;
    this.end = range.end.index;
    this.line = range.start.line + 1;
    this.column = range.start.column + 1;
    this.endLine = range.end.line + 1;
    this.endColumn = range.end.column + 1;
    this.parent = parent;
    this.#source = source;
    this.#native = native;
  }

  get text(): string {
    return this.#source.slice(this.start, this.end);
  }

  /** Children that carry meaning; comments and punctuation left out. */
  get parts(): SyntaxNode[] {
    return this.children.filter((child) => child.named && child.kind !== 'comment');
  }

  /** The child in a named field of the grammar. */
  field(name: string): SyntaxNode | undefined {
    const native = this.#native.field(name);
    if (native === null) return undefined;
    const { start, end } = native.range();
    return (
      this.children.find((child) => child.start === start.index && child.end === end.index && child.named) ??
      this.children.find((child) => child.start === start.index && child.end === end.index)
    );
  }

  /** Itself first, then the parents up to the root. */
  *chain(): Generator<SyntaxNode> {
    for (let node: SyntaxNode | undefined = this; node !== undefined; node = node.parent) yield node;
  }

  /** Every node below and including this one, in source order. */
  *walk(): Generator<SyntaxNode> {
    const stack: SyntaxNode[] = [this];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      yield node;
      for (let index = node.children.length - 1; index >= 0; index -= 1) {
        const child = node.children[index];
        if (child !== undefined) stack.push(child);
      }
    }
  }

  contains(other: SyntaxNode): boolean {
    return this.start <= other.start && other.end <= this.end;
  }
}

/** Parses a source text; broken code gives a tree with `ERROR` nodes, never an exception. */
export function parseSource(content: string, language: Language): SyntaxNode {
  registerGrammars();
  const native = parse(language.grammar, content).root();
  const root = new SyntaxNode(native, undefined, content);
  const pending: [SyntaxNode, SgNode][] = [[root, native]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, source] = next;
    for (const child of source.children()) {
      const copy = new SyntaxNode(child, node, content);
      node.children.push(copy);
      pending.push([copy, child]);
    }
  }
  return root;
}
