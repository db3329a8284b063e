"""BibTeX entries of what methods and rules name as their source."""

from typing import NamedTuple


class Work(NamedTuple):
    """A paper of a conference, and the words of a source (arXiv id, doi, venue) by which it is found."""

    found_by: str
    key: str
    authors: str
    title: str
    venue: str
    year: int


WORKS = (
    Work("2406.05677", "hong2024eva", "Hong, Yuxin and Zhang, Xiao and Zhang, Xin and Zhou, Joey Tianyi",
         "Evolution-aware VAriance (EVA) Coreset Selection for Medical Image Classification", "ACM Multimedia", 2024),
    Work("1812.05159", "toneva2019forgetting",
         "Toneva, Mariya and Sordoni, Alessandro and Tachet des Combes, Remi and Trischler, Adam and Bengio, Yoshua and "
         "Gordon, Geoffrey J.",
         "An Empirical Study of Example Forgetting during Deep Neural Network Learning", "ICLR", 2019),
    Work("1906.11829", "coleman2020selection",
         "Coleman, Cody and Yeh, Christopher and Mussmann, Stephen and Mirzasoleiman, Baharan and Bailis, Peter and "
         "Liang, Percy and Leskovec, Jure and Zaharia, Matei",
         "Selection via Proxy: Efficient Data Selection for Deep Learning", "ICLR", 2020),
    Work("2107.07075", "paul2021diet", "Paul, Mansheej and Ganguli, Surya and Dziugaite, Gintare Karolina",
         "Deep Learning on a Data Diet: Finding Important Examples Early in Training", "NeurIPS", 2021),
    Work("2001.10528", "pleiss2020aum",
         "Pleiss, Geoff and Zhang, Tianyi and Elenberg, Ethan R. and Weinberger, Kilian Q.",
         "Identifying Mislabeled Data using the Area Under the Margin Ranking", "NeurIPS", 2020),
    Work("2311.13613", "zhang2024tdds",
         "Zhang, Xin and Du, Jiawei and Li, Yunsong and Xie, Weiying and Zhou, Joey Tianyi",
         "Spanning Training Progress: Temporal Dual-Depth Scoring (TDDS) for Enhanced Dataset Pruning", "CVPR", 2024),
    Work("2306.05175", "he2024dynunc", "He, Muyang and Yang, Shuo and Huang, Tiejun and Zhao, Bo",
         "Large-scale Dataset Pruning with Dynamic Uncertainty", "CVPR Workshops", 2024),
    Work("2502.06905", "cho2025dual", "Cho, Yeseul and Shin, Baekrok and Kang, Changmin and Yun, Chulhee",
         "Lightweight Dataset Pruning without Full Training via Example Difficulty and Prediction Uncertainty", "ICML",
         2025),
    Work("2508.20230", "nagaraj2025cld", "Nagaraj, Manish and Ravikumar, Deepak and Roy, Kaushik",
         "Coresets from Trajectories: Selecting Data via Correlation of Loss Differences", "TMLR", 2025),
    Work("2206.14486", "sorscher2022scaling",
         "Sorscher, Ben and Geirhos, Robert and Shekhar, Shashank and Ganguli, Surya and Morcos, Ari S.",
         "Beyond neural scaling laws: beating power law scaling via data pruning", "NeurIPS", 2022),
    Work("2411.15349", "griffin2026zcore", "Griffin, Brent A. and Marks, Jacob and Corso, Jason J.",
         "Zero-Shot Coreset Selection via Iterative Subspace Sampling", "WACV", 2026),
    Work("2009.10795", "swayamdipta2020cartography",
         "Swayamdipta, Swabha and Schwartz, Roy and Lourie, Nicholas and Wang, Yizhong and Hajishirzi, Hannaneh and "
         "Smith, Noah A. and Choi, Yejin",
         "Dataset Cartography: Mapping and Diagnosing Datasets with Training Dynamics", "EMNLP", 2020),
    Work("2109.03764", "margatina2021cal",
         "Margatina, Katerina and Vernikos, Giorgos and Barrault, Loic and Aletras, Nikolaos",
         "Active Learning by Acquiring Contrastive Examples", "EMNLP", 2021),
    Work("1511.04599", "moosavi2016deepfool",
         "Moosavi-Dezfooli, Seyed-Mohsen and Fawzi, Alhussein and Frossard, Pascal",
         "DeepFool: a simple and accurate method to fool deep neural networks", "CVPR", 2016),
    Work("2023, ICLR", "xia2023moderate",
         "Xia, Xiaobo and Liu, Jiale and Yu, Jun and Shen, Xu and Han, Bo and Liu, Tongliang",
         "Moderate Coreset: A Universal Method of Data Selection for Real-world Data-efficient Deep Learning", "ICLR",
         2023),
    Work("2204.08499", "guo2022deepcore", "Guo, Chengcheng and Zhao, Bo and Bai, Yanbing",
         "DeepCore: A Comprehensive Library for Coreset Selection in Deep Learning", "DEXA", 2022),
    Work("10.1145/1553374.1553517", "welling2009herding", "Welling, Max",
         "Herding Dynamical Weights to Learn", "ICML", 2009),
    Work("1708.00489", "sener2018coreset", "Sener, Ozan and Savarese, Silvio",
         "Active Learning for Convolutional Neural Networks: A Core-Set Approach", "ICLR", 2018),
    Work("2008.05723", "agarwal2020contextual",
         "Agarwal, Sharat and Arora, Himanshu and Anand, Saket and Arora, Chetan",
         "Contextual Diversity for Active Learning", "ECCV", 2020),
    Work("1906.01827", "mirzasoleiman2020craig",
         "Mirzasoleiman, Baharan and Bilmes, Jeff and Leskovec, Jure",
         "Coresets for Data-efficient Training of Machine Learning Models", "ICML", 2020),
    Work("2103.00123", "killamsetty2021gradmatch",
         "Killamsetty, Krishnateja and Sivasubramanian, Durga and Ramakrishnan, Ganesh and De, Abir and Iyer, Rishabh",
         "GRAD-MATCH: Gradient Matching based Data Subset Selection for Efficient Deep Model Training", "ICML", 2021),
    Work("2012.10630", "killamsetty2021glister",
         "Killamsetty, Krishnateja and Sivasubramanian, Durga and Ramakrishnan, Ganesh and Iyer, Rishabh",
         "GLISTER: Generalization based Data Subset Selection for Efficient and Robust Learning", "AAAI", 2021),
    Work("2006.15412", "iyer2021submodular",
         "Iyer, Rishabh and Khargoankar, Ninad and Bilmes, Jeff and Asnani, Himanshu",
         "Submodular Combinatorial Information Measures with Applications in Machine Learning", "ALT", 2021),
    Work("2210.15809", "zheng2023ccs",
         "Zheng, Haizhong and Liu, Rui and Lai, Fan and Prakash, Atul",
         "Coverage-centric Coreset Selection for High Pruning Rates", "ICLR", 2023),
    Work("1903.06059", "kool2019stochastic", "Kool, Wouter and van Hoof, Herke and Welling, Max",
         "Stochastic Beams and Where to Find Them: The Gumbel-Top-k Trick for Sampling Sequences Without Replacement",
         "ICML", 2019),
    Work("2310.07931", "maharana2024d2", "Maharana, Adyasha and Yadav, Prateek and Bansal, Mohit",
         "D2 Pruning: Message Passing for Balancing Diversity and Difficulty in Data Pruning", "ICLR", 2024),
    Work("2606.22002", "rustamov2026graph",
         "Rustamov, Zahiriddin and Badawi, Nadia and Damseh, Rafat and Zaki, Nazar",
         "One-Shot Data Selection for Medical Image Classification via Graph Coverage", "MICCAI", 2026),
    Work("2406.03057", "choi2024bws", "Choi, Hoyong and Ki, Nohyun and Chung, Hye Won",
         "BWS: Best Window Selection Based on Sample Scores for Data Pruning across Broad Ranges", "ICML", 2024),
    Work("2504.00564", "acharya2025geometric",
         "Acharya, Anish and Sanghavi, Sujay and Dimakis, Alexandros G. and Dhillon, Inderjit S.",
         "Geometric Median Matching for Robust k-Subset Selection from Noisy Data", "ICML", 2025),
)  # fmt: skip


def bibtex(*sources: str) -> str:
    """Return the BibTeX entries of all works that some sources name, each once; "" where they name none.

    Args:
        sources: as methods and rules give them, e.g. "Paul et al. 2021, arXiv:2107.07075".
    """
    return "\n\n".join(_entry(work) for work in WORKS if any(work.found_by in source for source in sources))


def _entry(work: Work) -> str:
    """Return one entry."""
    lines = [f"author = {{{work.authors}}}", f"title = {{{{{work.title}}}}}", f"year = {{{work.year}}}"]
    lines.append(f"booktitle = {{{work.venue}}}")
    if work.found_by[:4].isdigit() and work.found_by[4] == ".":
        lines += [f"eprint = {{{work.found_by}}}", "archiveprefix = {arXiv}"]
    elif work.found_by.startswith("10."):
        lines.append(f"doi = {{{work.found_by}}}")
    return f"@inproceedings{{{work.key},\n  " + ",\n  ".join(lines) + "\n}"
