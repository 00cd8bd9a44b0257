"use strict";
// keccak-256 as the EVM has it (FIPS 202's permutation with the padding of the original submission).
(function (scope) {
  const MASK = (1n << 64n) - 1n;
  const ROUNDS = [];
  const SHIFTS = [];
  (function prepare() {
    let register = 1;
    for (let round = 0; round < 24; round++) {
      let constant = 0n;
      for (let j = 0; j < 7; j++) {
        if (register & 1) constant |= 1n << BigInt((1 << j) - 1);
        register = register & 128 ? ((register << 1) ^ 0x171) & 255 : register << 1;
      }
      ROUNDS.push(constant);
    }
    for (let i = 0; i < 25; i++) SHIFTS.push(0n);
    let x = 1, y = 0;
    for (let t = 0; t < 24; t++) {
      SHIFTS[x + 5 * y] = BigInt(((t + 1) * (t + 2) / 2) % 64);
      [x, y] = [y, (2 * x + 3 * y) % 5];
    }
  })();

  const rotate = (lane, by) => by === 0n ? lane : ((lane << by) | (lane >> (64n - by))) & MASK;

  function permute(state) {
    for (const constant of ROUNDS) {
      const columns = [0, 1, 2, 3, 4].map((x) => state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]);
      for (let x = 0; x < 5; x++) {
        const mix = columns[(x + 4) % 5] ^ rotate(columns[(x + 1) % 5], 1n);
        for (let y = 0; y < 25; y += 5) state[x + y] ^= mix;
      }
      const moved = new Array(25);
      for (let x = 0; x < 5; x++) {
        for (let y = 0; y < 5; y++) moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(state[x + 5 * y], SHIFTS[x + 5 * y]);
      }
      for (let y = 0; y < 25; y += 5) {
        for (let x = 0; x < 5; x++) state[x + y] = moved[x + y] ^ (~moved[((x + 1) % 5) + y] & MASK & moved[((x + 2) % 5) + y]);
      }
      state[0] ^= constant;
    }
  }

  function keccak256(bytes) {
    const rate = 136;
    const padded = new Uint8Array((Math.floor(bytes.length / rate) + 1) * rate);
    padded.set(bytes);
    padded[bytes.length] ^= 1;
    padded[padded.length - 1] ^= 128;
    const state = new Array(25).fill(0n);
    for (let block = 0; block < padded.length; block += rate) {
      for (let lane = 0; lane < rate / 8; lane++) {
        let word = 0n;
        for (let byte = 7; byte >= 0; byte--) word = (word << 8n) | BigInt(padded[block + 8 * lane + byte]);
        state[lane] ^= word;
      }
      permute(state);
    }
    const digest = new Uint8Array(32);
    for (let i = 0; i < 32; i++) digest[i] = Number((state[i >> 3] >> BigInt(8 * (i & 7))) & 255n);
    return digest;
  }

  const fromHex = (text) => Uint8Array.from(text.replace(/^0x/, "").match(/../g) || [], (pair) => parseInt(pair, 16));
  const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  function number(value, size) {
    if (value < 0n || value >= 1n << BigInt(8 * size)) throw new RangeError("out of range");
    return fromHex(value.toString(16).padStart(2 * size, "0"));
  }

  function joined(...parts) {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { all.set(part, at); at += part.length; }
    return all;
  }

  // Whether a leaf of a Merkle-sum tree stands under a root with a sum: SumMerkle.sol and RewardDistributor.leafHash.
  function stands(proof, amount, root, total) {
    try {
      let sum = BigInt(amount);
      let node = keccak256(joined(
        [0x50], number(BigInt(proof.chain), 32), fromHex(proof.distributor),
        number(BigInt(proof.index), 4), fromHex(proof.account), number(sum, 12)));
      proof.siblings.forEach((text, level) => {
        const own = joined(node, number(sum, 12));
        const beside = BigInt(proof.sums[level]);
        const other = joined(fromHex(text), number(beside, 12));
        const right = Math.floor(proof.index / 2 ** level) % 2 === 1;
        node = keccak256(right ? joined([0x4e], other, own) : joined([0x4e], own, other));
        sum += beside;
      });
      return Math.floor(proof.index / 2 ** proof.siblings.length) === 0 && toHex(node) === root && sum === BigInt(total);
    } catch (error) {
      if (error instanceof RangeError || error instanceof SyntaxError) return false;
      throw error;
    }
  }

  scope.weighhouse = { keccak256, fromHex, toHex, stands };
})(typeof window === "undefined" ? globalThis : window);
