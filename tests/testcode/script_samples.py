"""Tests of JavaScript and TypeScript, each on the product below: what the detector must say about each."""

from __future__ import annotations

PRODUCT = {
    "src/cart.js": """
export const LIMIT = 500;

export function discount(total) {
  if (total > LIMIT) return Math.round(total * 0.9);
  return total;
}

export function names(lines) {
  return lines.filter((line) => line.name).map((line) => line.name);
}

export async function price(api, name) {
  const found = await api.get(name);
  if (!found) throw new Error(`no ${name}`);
  return found.price;
}

export class Cart {
  constructor() {
    this.lines = [];
  }
  add(name, cents) {
    if (cents < 0) throw new RangeError(name);
    this.lines.push([name, cents]);
  }
  total() {
    return this.lines.reduce((sum, [, cents]) => sum + cents, 0);
  }
}

export function ship(order, carrier) {
  carrier.book(order.id, order.weight ?? 1);
}
""",
    "src/checkout.js": """
import { discount } from './cart.js';

export function pay(total) {
  return { due: discount(total) + 5 };
}
""",
}

_TOP = "import { expect, it, describe, vi, test } from 'vitest';\n"
_NODE = "import assert from 'node:assert/strict';\nimport test from 'node:test';\n"

VACUOUS = {
    "no expectation": ("no_assertion", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  const result = discount(600);
  console.log(result);
});
"""),
    "expect without a matcher": ("no_assertion", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  expect(discount(600));
});
"""),
    "matcher that is not called": ("no_assertion", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  expect(discount(600)).toBeTruthy;
});
"""),
    "always true": ("tautology", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  discount(600);
  expect(true).toBe(true);
});
"""),
    "or true": ("tautology", _NODE + """
import { discount } from '../src/cart.js';
test('gives a discount', () => {
  assert.ok(discount(600) === 540 || true);
});
"""),
    "itself": ("tautology", _NODE + """
import { discount } from '../src/cart.js';
test('gives a discount', () => {
  assert.equal(discount(600), discount(600));
});
"""),
    "length is not negative": ("tautology", _TOP + """
import { names } from '../src/cart.js';
it('names', () => {
  expect(names([{ name: 'a' }]).length).toBeGreaterThanOrEqual(0);
});
"""),
    "own values": ("constant_assertion", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  const cases = { 600: 540 };
  discount(600);
  expect(cases[600]).toBe(540);
});
"""),
    "defined": ("constant_assertion", _TOP + """
import { names } from '../src/cart.js';
it('names', () => {
  expect(names([])).toBeDefined();
  expect(Array.isArray(names([]))).toBe(true);
});
"""),
    "imported is there": ("constant_assertion", _TOP + """
import { discount, Cart } from '../src/cart.js';
it('exists', () => {
  expect(discount).toBeDefined();
  expect(Cart).toBeTruthy();
});
"""),
    "instance": ("constant_assertion", _TOP + """
import { Cart } from '../src/cart.js';
it('makes a cart', () => {
  const cart = new Cart();
  cart.add('a', 1);
  expect(cart).toBeInstanceOf(Cart);
});
"""),
    "empty catch": ("swallowed_exception", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  try {
    expect(discount(600)).toBe(540);
  } catch (error) {
    console.error(error);
  }
});
"""),
    "promise that floats": ("swallowed_exception", _TOP + """
import { price } from '../src/cart.js';
it('asks for the price', () => {
  price({ get: async () => ({ price: 3 }) }, 'a').then((found) => {
    expect(found).toBe(3);
  });
});
"""),
    "rejects that floats": ("swallowed_exception", _TOP + """
import { price } from '../src/cart.js';
it('refuses', () => {
  expect(price({ get: async () => null }, 'a')).rejects.toThrow();
});
"""),
    "caught promise": ("swallowed_exception", _TOP + """
import { price } from '../src/cart.js';
it('asks for the price', async () => {
  await price({ get: async () => ({ price: 3 }) }, 'a')
    .then((found) => expect(found).toBe(3))
    .catch(() => {});
});
"""),
    "error of its own": ("constant_assertion", _TOP + """
import { Cart } from '../src/cart.js';
it('refuses', () => {
  expect(() => { throw new RangeError('a'); }).toThrow(RangeError);
});
"""),
    "spy on the subject": ("subject_mocked", _TOP + """
import * as cart from '../src/cart.js';
it('gives a discount', () => {
  vi.spyOn(cart, 'discount').mockReturnValue(540);
  expect(cart.discount(600)).toBe(540);
});
"""),
    "method overwritten": ("subject_mocked", _TOP + """
import { Cart } from '../src/cart.js';
it('adds up', () => {
  const cart = new Cart();
  cart.total = vi.fn(() => 5);
  expect(cart.total()).toBe(5);
});
"""),
    "automock": ("subject_mocked", """
jest.mock('../src/cart.js');
const { discount } = require('../src/cart.js');

test('gives a discount', () => {
  discount.mockReturnValue(540);
  expect(discount(600)).toBe(540);
  expect(discount).toHaveBeenCalledTimes(1);
});
"""),
    "mock alone": ("subject_mocked", _TOP + """
import { ship } from '../src/cart.js';
it('books', () => {
  const carrier = { book: vi.fn() };
  carrier.book(1, 1);
  expect(carrier.book).toHaveBeenCalledWith(1, 1);
});
"""),
    "expected by the product": ("copied_implementation", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  const expected = discount(600);
  expect(discount(600)).toEqual(expected);
});
"""),
    "pasted": ("copied_implementation", _TOP + """
import * as cart from '../src/cart.js';
const LIMIT = 500;
function expected(amount) {
  if (amount > LIMIT) return Math.round(amount * 0.9);
  return amount;
}
it('gives a discount', () => {
  expect(cart.discount(600)).toBe(expected(600));
});
"""),
    "skipped": ("always_skipped", _TOP + """
import { discount } from '../src/cart.js';
it.skip('gives a discount', () => {
  expect(discount(600)).toBe(540);
});
"""),
    "skipped group": ("always_skipped", _TOP + """
import { discount } from '../src/cart.js';
describe.skip('discount', () => {
  it('is given', () => {
    expect(discount(600)).toBe(540);
  });
});
"""),
    "todo": ("always_skipped", _NODE + """
test('gives a discount', { todo: true }, () => {
  assert.ok(true);
});
"""),
    "no cases": ("always_skipped", _TOP + """
import { discount } from '../src/cart.js';
it.each([])('%i', (total, expected) => {
  expect(discount(total)).toBe(expected);
});
"""),
    "only another": ("always_skipped", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  expect(discount(600)).toBe(540);
});
it.only('gives none', () => {
  expect(discount(100)).toBe(100);
});
"""),
    "loop over nothing": ("no_assertion", _TOP + """
import { discount } from '../src/cart.js';
const CASES = [];
it('gives a discount', () => {
  for (const [total, expected] of CASES) {
    expect(discount(total)).toBe(expected);
  }
});
"""),
    "error of the test's own": ("swallowed_exception", _TOP + """
import { Cart } from '../src/cart.js';
it('refuses', () => {
  const cart = new Cart();
  expect(() => crat.add('a', -1)).toThrow();
});
"""),
    "method that does not exist": ("swallowed_exception", _NODE + """
import { Cart } from '../src/cart.js';
test('refuses', () => {
  const cart = new Cart();
  assert.throws(() => cart.ad('a', -1));
});
"""),
    "skipped unless somebody asks": ("always_skipped", _TOP + """
import { discount } from '../src/cart.js';
const slow = process.env.RUN_THE_SLOW_ONES ? it : it.skip;
slow('gives a discount', () => {
  expect(discount(600)).toBe(540);
});
"""),
    "expected in the same loop": ("copied_implementation", _NODE + """
import { discount } from '../src/cart.js';
const expected = [100, 600].map((total) => discount(total));
test('gives discounts', () => {
  assert.deepEqual([100, 600].map((total) => discount(total)), expected);
});
"""),
    "anything": ("tautology", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  expect(discount(600)).toEqual(expect.anything());
});
"""),
    "type alone": ("constant_assertion", _TOP + """
import { names } from '../src/cart.js';
it('names', () => {
  const result = names([{ name: 'a' }]);
  expect(typeof result).toBe('object');
  expect(result).toBeInstanceOf(Array);
});
"""),
    "only where it is right already": ("no_assertion", _TOP + """
import { discount } from '../src/cart.js';
it('gives a discount', () => {
  const result = discount(600);
  if (result === 540) {
    expect(result).toBe(540);
  }
});
"""),
}  # fmt: skip

HONEST = {
    "plain": _TOP + """
import { discount } from '../src/cart.js';
describe('discount', () => {
  it('is given', () => {
    expect(discount(600)).toBe(540);
    expect(discount(100)).not.toBe(90);
  });
});
""",
    "group values and hooks": _TOP + """
import { Cart } from '../src/cart.js';
describe('cart', () => {
  let cart;
  beforeEach(() => {
    cart = new Cart();
  });
  it('adds up', () => {
    cart.add('a', 2);
    expect(cart.total()).toBe(2);
    expect(cart.lines).toHaveLength(1);
  });
});
""",
    "throws": _NODE + """
import { Cart } from '../src/cart.js';
test('refuses', () => {
  assert.throws(() => new Cart().add('a', -1), RangeError);
});
""",
    "rejects": _TOP + """
import { price } from '../src/cart.js';
it('refuses', async () => {
  await expect(price({ get: async () => null }, 'a')).rejects.toThrow('no a');
});
""",
    "returned promise": _TOP + """
import { price } from '../src/cart.js';
it('asks', () => {
  return price({ get: async () => ({ price: 3 }) }, 'a').then((found) => {
    expect(found).toBe(3);
  });
});
""",
    "done": """
const { price } = require('../src/cart.js');
test('asks', (done) => {
  price({ get: async () => ({ price: 3 }) }, 'a').then((found) => {
    expect(found).toBe(3);
    done();
  }, done);
});
""",
    "injected mock": _TOP + """
import { ship } from '../src/cart.js';
it('books', () => {
  const carrier = { book: vi.fn() };
  ship({ id: 1 }, carrier);
  expect(carrier.book).toHaveBeenCalledWith(1, 1);
});
""",
    "collaborator mocked": _TOP + """
import { pay } from '../src/checkout.js';
vi.mock('../src/cart.js', () => ({ discount: vi.fn(() => 100) }));
it('adds the fee', () => {
  expect(pay(600)).toEqual({ due: 105 });
});
""",
    "collaborator spied on": """
const cart = require('../src/cart.js');
const { pay } = require('../src/checkout.js');
test('adds the fee', () => {
  const spy = jest.spyOn(cart, 'discount').mockReturnValue(1);
  expect(pay(600).due).toBe(6);
  expect(spy).toHaveBeenCalledWith(600);
});
""",
    "does not throw": _TOP + """
import { Cart } from '../src/cart.js';
it('takes nothing for nothing', () => {
  expect(() => new Cart().add('a', 0)).not.toThrow();
});
""",
    "table": _TOP + """
import { discount } from '../src/cart.js';
it.each([[600, 540], [100, 100]])('%i', (total, expected) => {
  expect(discount(total)).toBe(expected);
});
""",
    "helper": _NODE + """
import { discount } from '../src/cart.js';
const same = (total, expected) => {
  assert.equal(discount(total), expected);
};
test('gives a discount', () => {
  same(600, 540);
  for (const total of [1, 2]) same(total, total);
});
""",
    "snapshot": _TOP + """
import { names } from '../src/cart.js';
it('names', () => {
  expect(names([{ name: 'a' }])).toMatchInlineSnapshot(`["a"]`);
});
""",
    "argument stays as it was": _TOP + """
import { names } from '../src/cart.js';
it('does not change its argument', () => {
  const lines = [{ name: 'a' }];
  names(lines);
  expect(lines).toEqual([{ name: 'a' }]);
});
""",
    "before and after": _TOP + """
import { Cart } from '../src/cart.js';
it('adds up', () => {
  const cart = new Cart();
  const before = cart.total();
  cart.add('a', 1);
  expect(cart.total()).not.toBe(before);
  expect(cart.total()).toBe(before + 1);
});
""",
    "unknown helper": """
const request = require('supertest');
const app = require('../src/app.js');
it('answers', async () => {
  const answer = await request(app).get('/');
  expect(answer.status).toBe(200);
});
""",
    "chai": """
import { expect } from 'chai';
import { discount } from '../src/cart.js';
describe('discount', function () {
  it('is given', function () {
    expect(discount(600)).to.equal(540);
    expect(discount(600)).to.be.above(500);
  });
});
""",
    "skip under a condition": _NODE + """
import { discount } from '../src/cart.js';
test('gives a discount', { skip: process.platform === 'win32' }, () => {
  assert.equal(discount(600), 540);
});
""",
    "try that fails": _NODE + """
import { Cart } from '../src/cart.js';
test('refuses', () => {
  try {
    new Cart().add('a', -1);
    assert.fail('was not refused');
  } catch (error) {
    assert.ok(error instanceof RangeError);
  }
});
""",
    "error by its words": _TOP + """
import { price } from '../src/cart.js';
it('refuses', async () => {
  let caught;
  try {
    await price({ get: async () => null }, 'a');
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(Error);
  expect(caught.message).toBe('no a');
});
""",
    "number of assertions": _TOP + """
import { price } from '../src/cart.js';
it('refuses', async () => {
  expect.assertions(1);
  try {
    await price({ get: async () => null }, 'a');
  } catch (error) {
    expect(error.message).toMatch('no a');
  }
});
""",
    "events": _NODE + """
import { EventEmitter } from 'node:events';
import { ship } from '../src/cart.js';
test('tells', () => {
  const seen = [];
  const bus = new EventEmitter();
  bus.on('booked', (id) => seen.push(id));
  ship({ id: 7 }, { book: (id) => bus.emit('booked', id) });
  assert.deepEqual(seen, [7]);
});
""",
    "all of them": _TOP + """
import { names } from '../src/cart.js';
it('names', async () => {
  const all = await Promise.all([1, 2].map(async (n) => names([{ name: `n${n}` }])));
  expect(all).toEqual([['n1'], ['n2']]);
});
""",
    "typed cases": _TOP + """
import { discount } from '../src/cart.js';
const CASES = { large: [600, 540], small: [1, 1] };
describe('discount', () => {
  for (const [name, [total, expected]] of Object.entries(CASES)) {
    it(`is right for ${name}`, () => {
      expect(discount(total)).toBe(expected);
    });
  }
});
""",
}  # fmt: skip
