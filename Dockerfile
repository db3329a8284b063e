# Coreset Explorer in a container: docker build -t coreset . && docker run -p 127.0.0.1:8501:8501 -v coreset:/cache coreset
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 CORESET_CACHE=/cache
RUN groupadd --gid 10001 coreset \
    && useradd --uid 10001 --gid coreset --create-home coreset \
    && install --directory --owner coreset --group coreset /app /cache
WORKDIR /app

# the same two files as everywhere; packages first, so that a change of the code does not install them anew
COPY requirements.txt requirements-auth.txt pyproject.toml ./
RUN pip install -r requirements.txt -r requirements-auth.txt
COPY README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY coreset_engine coreset_engine
COPY pages pages
RUN pip install --no-deps --editable .

USER coreset
VOLUME /cache
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "streamlit", "run", "app.py", "--server.address=0.0.0.0"]
