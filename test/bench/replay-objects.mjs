/** The usual replay buffer in JavaScript: an array of objects, and for priorities a sum tree in a typed array. Minibatches are typed arrays. */

export class ObjectReplay {
  #slots = [];
  #row = 0;
  #largest = 1;

  constructor(observationSize, lanes, { capacity, batchSize, nStep, gamma, prioritised }, random) {
    Object.assign(this, { observationSize, lanes, capacity, batchSize, nStep, gamma, prioritised, random });
    this.tree = prioritised && new SumTree(capacity);
    const row = () => new Float32Array(batchSize);
    this.minibatch = {
      index: new Int32Array(batchSize),
      observation: new Float32Array(observationSize * batchSize),
      action: new Int32Array(batchSize),
      reward: row(),
      nextObservation: new Float32Array(observationSize * batchSize),
      ...{ discount: row(), weight: row().fill(1) },
    };
  }

  /** Time-major columns of `steps` rows. Returns the row that is written next. */
  push(columns, steps) {
    for (let i = 0; i < steps * this.lanes; i++) {
      const slot = this.#row * this.lanes + (i % this.lanes);
      this.#slots[slot] = transitionAt(columns, i, this.observationSize);
      this.tree?.set(slot, this.#largest);
      if ((i + 1) % this.lanes === 0) this.#row = (this.#row + 1) % (this.capacity / this.lanes);
    }
    return this.#row;
  }

  /** Of a full buffer. */
  sample(beta) {
    const { minibatch, batchSize, tree, random } = this;
    for (let i = 0; i < batchSize; i++) {
      const slot = tree ? tree.find(((i + random()) * tree.total) / batchSize) : Math.floor(random() * this.capacity);
      minibatch.index[i] = slot;
      this.#writeWindow(i, slot);
    }
    if (tree) this.#weigh(beta);
  }

  updatePriorities(errors) {
    const { alpha, epsilon } = this.prioritised;
    for (let i = 0; i < errors.length; i++) {
      const priority = (Math.abs(errors[i]) + epsilon) ** alpha;
      this.#largest = Math.max(this.#largest, priority);
      this.tree.set(this.minibatch.index[i], priority);
    }
  }

  #writeWindow(i, first) {
    const { minibatch, observationSize, lanes, capacity } = this;
    const newest = (this.#row * lanes + capacity - lanes) % capacity;
    let [slot, reward, discount] = [first, 0, 1];
    for (let left = this.nStep; ; slot = (slot + lanes) % capacity) {
      const step = this.#slots[slot];
      reward += discount * step.reward;
      discount *= this.gamma;
      if (--left === 0 || step.terminated || step.truncated || (slot >= newest && slot < newest + lanes)) break;
    }
    const last = this.#slots[slot];
    copyTo(minibatch.observation, this.#slots[first].observation, observationSize * i);
    minibatch.action[i] = this.#slots[first].action;
    minibatch.reward[i] = reward;
    copyTo(minibatch.nextObservation, last.nextObservation, observationSize * i);
    minibatch.discount[i] = last.terminated ? 0 : discount;
  }

  #weigh(beta) {
    const { minibatch, tree, capacity } = this;
    const { index, weight } = minibatch;
    let largest = 0;
    for (let i = 0; i < index.length; i++) {
      weight[i] = ((capacity * tree.at(index[i])) / tree.total) ** -beta;
      largest = Math.max(largest, weight[i]);
    }
    for (let i = 0; i < index.length; i++) weight[i] /= largest;
  }
}

function transitionAt({ observation, action, reward, nextObservation, terminated, truncated }, i, size) {
  return {
    observation: [...observation.subarray(size * i, size * (i + 1))],
    action: action[i],
    reward: reward[i],
    nextObservation: [...nextObservation.subarray(size * i, size * (i + 1))],
    terminated: terminated[i] !== 0,
    truncated: truncated[i] !== 0,
  };
}

/** A loop: for so few numbers it is faster than `set`. */
function copyTo(target, values, at) {
  for (let k = 0; k < values.length; k++) target[at + k] = values[k];
}

/** The textbook's: a binary tree of float64, whose leaves are the priorities. */
class SumTree {
  constructor(leaves) {
    this.base = 2 ** Math.ceil(Math.log2(leaves));
    this.nodes = new Float64Array(2 * this.base);
  }

  get total() {
    return this.nodes[1];
  }

  at(leaf) {
    return this.nodes[this.base + leaf];
  }

  set(leaf, priority) {
    const { nodes } = this;
    let node = this.base + leaf;
    nodes[node] = priority;
    while (node > 1) {
      node >>= 1;
      nodes[node] = nodes[2 * node] + nodes[2 * node + 1];
    }
  }

  find(target) {
    const { nodes, base } = this;
    let node = 1;
    while (node < base) {
      node *= 2;
      if (target >= nodes[node] && nodes[node + 1] > 0) target -= nodes[node++];
    }
    return node - base;
  }
}
