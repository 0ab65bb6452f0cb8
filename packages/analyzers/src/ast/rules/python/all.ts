import type { PythonRule } from '../../rule.ts';

/** Every rule for Python. */
export const PYTHON_RULES: readonly PythonRule[] = [];
