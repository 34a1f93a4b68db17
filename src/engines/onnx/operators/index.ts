import type { OperatorKind } from '../lowering.js';
import { activation } from './activation.js';
import { averagePool2d } from './average-pool2d.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { maxPool2d } from './max-pool2d.js';
import type { Operator } from './operator.js';
import { pad2d } from './pad2d.js';

/** Every operator; the type checker names one that is missing. */
export const OPERATORS: { readonly [K in OperatorKind]: Operator<K> } = {
  conv2d,
  dense,
  maxPool2d,
  averagePool2d,
  pad2d,
  flatten,
  activation,
  dropout,
};
