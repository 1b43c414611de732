#!/usr/bin/env python3
"""What PyTorch takes for the same minibatch updates, actions and matrix products, on one thread: a baseline of the benchmarks beside it.

Needs PyTorch on a fast BLAS (Debian: apt-get install -y python3-torch libopenblas0-pthread). Prints one JSON line a case: {"case", "min", "median", "max"}, in seconds.
"""
import json
import os
import statistics
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)
ROUNDS, SAMPLE = (5, 0.04) if "--quick" in sys.argv else (9, 0.1)  # turns, and seconds of one
clock = time.process_time if "--cpu" in sys.argv else time.perf_counter


def mlp(inputs, hidden, outputs):
    return nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, outputs))


def seconds_of(work, repeats):
    start = clock()
    for _ in range(repeats):
        work()
    return clock() - start


def report(case, work):
    seconds_of(work, 20)
    repeats = max(1, round(SAMPLE / (seconds_of(work, 10) / 10)))
    times = [seconds_of(work, repeats) / repeats for _ in range(ROUNDS)]
    spread = {"min": min(times), "median": statistics.median(times), "max": max(times)}
    print(json.dumps({"case": case, **spread}), flush=True)


actor, critic = mlp(4, 64, 2), mlp(4, 64, 1)
parameters = [*actor.parameters(), *critic.parameters()]


def ppo_update(batch):
    optimizer = torch.optim.Adam(parameters, lr=3e-4, eps=1e-5)
    observation, action = torch.randn(batch, 4), torch.randint(0, 2, (batch,))
    advantage, returns = torch.randn(batch), torch.randn(batch)
    with torch.no_grad():
        old_log_prob = F.log_softmax(actor(observation), -1).gather(1, action[:, None])[:, 0]

    def update():
        log_probs = F.log_softmax(actor(observation), -1)
        ratio = (log_probs.gather(1, action[:, None])[:, 0] - old_log_prob).exp()
        standardised = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        policy_loss = -torch.min(standardised * ratio, standardised * ratio.clamp(0.8, 1.2)).mean()
        value_loss = F.mse_loss(critic(observation)[:, 0], returns)
        entropy = -(log_probs.exp() * log_probs).sum(-1).mean()
        loss = policy_loss + 0.5 * value_loss - 0.01 * entropy
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 0.5)
        optimizer.step()

    return update


def act():
    with torch.no_grad():
        return int(actor(torch.tensor([[0.01, 0.2, -0.02, -0.3]])).argmax(-1))


def matmul(m, k, n):
    a, b = torch.randn(m, k), torch.randn(k, n)
    return lambda: torch.mm(a, b)


for batch in (64, 256, 2048, 8192):
    report(f"ppo update, batch {batch}", ppo_update(batch))
report("act, batch 1", act)
for shape in ((64, 64, 64), (256, 256, 256), (256, 4, 64), (256, 64, 64), (256, 64, 2), (8192, 64, 64), (64, 256, 64)):
    report("matmul " + "×".join(map(str, shape)), matmul(*shape))
