"""The optimizer: torch's SGD with momentum, without the compiler that torch imports for it."""

from inspect import unwrap

import torch


class LeanSGD(torch.optim.SGD):
    """torch's SGD, bit by bit, whose methods are called as they are.

    torch wraps them in calls of its compiler, which is never used here: the import of `torch._dynamo` takes every training
    process a second of the processor's time and 160 MB of memory (torch 2.14).
    """

    add_param_group = unwrap(torch.optim.SGD.add_param_group)
    zero_grad = unwrap(torch.optim.SGD.zero_grad)
    state_dict = unwrap(torch.optim.SGD.state_dict)
    load_state_dict = unwrap(torch.optim.SGD.load_state_dict)
    step = torch.no_grad()(unwrap(torch.optim.SGD.step))
